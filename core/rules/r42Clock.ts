import { type Finding, isNew, minutes, rule, whole } from "./rule.ts";

export const clock = rule({
  id: "R42",
  name: "CLOCK",
  version: 1,
  level: "M/H",
  key: "provider",
  windowDays: 0,
  params: { skewSeconds: whole(5 * 60, 0, 86_400), lateSeconds: whole(24 * 3600, 60, 90 * 86_400) },
  title: { zh: "时钟与送达时间异常", en: "Clocks and late arrival" },
  text: {
    zh: "设备时间与服务器时间相差超过5分钟的,作标记;结束不晚于开始,或服务结束24小时后才送达且没有离线凭证(扫码)的,暂缓待核。更正记录不因更正本身而算迟报。",
    en: "Device and server time differ by more than 5 minutes: marked. Out not after in, or received more than 24 hours after the end without offline proof (a scanned code): held. A correction is not late for being one.",
  },
  judge: ({ visits }, at) =>
    visits.flatMap((visit): Finding[] => {
      if (!isNew(visit, at)) return [];
      const { id, startedAt, endedAt, sentAt, deviceStartedAt } = visit;
      if (endedAt <= startedAt)
        return [{ severity: "hold", subjects: [id], numbers: { reason: "order", seconds: startedAt - endedAt } }];
      if (visit.replaces !== null) return [];
      const lateSeconds = sentAt - endedAt;
      if (lateSeconds > at.params.lateSeconds && !visit.alternateProof)
        return [{ severity: "hold", subjects: [id], numbers: { reason: "late", seconds: lateSeconds } }];
      const skew = deviceStartedAt === null ? 0 : Math.abs(deviceStartedAt - startedAt);
      const ahead = endedAt - sentAt;
      if (Math.max(skew, ahead) <= at.params.skewSeconds) return [];
      return [{ severity: "mark", subjects: [id], numbers: { reason: "skew", seconds: Math.max(skew, ahead) } }];
    }),
  say: ({ reason, seconds }) =>
    reason === "late"
      ? {
          zh: `服务结束${Math.floor(Number(seconds) / 3600)}小时后才送达,且没有离线凭证。`,
          en: `Received ${Math.floor(Number(seconds) / 3600)} hours after its end, with no offline proof.`,
        }
      : reason === "order"
        ? { zh: "结束时间不晚于开始时间。", en: "It ends at or before its beginning." }
        : {
            zh: `设备时间相差${minutes(seconds)}分钟。`,
            en: `The device's time differs by ${minutes(seconds)} minutes.`,
          },
});
