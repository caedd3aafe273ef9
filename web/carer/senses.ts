import { toHex } from "../../core/bytes.ts";
import type { Fix } from "./phone.ts";

const WAIT_MS = 12_000;
const MICRO = 1_000_000;

/** Where the phone is; null when it does not know, or may not say. */
export function locate(): Promise<Fix | null> {
  return new Promise((resolve) => {
    if (!("geolocation" in navigator)) return resolve(null);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        resolve({
          lon: Math.round(coords.longitude * MICRO),
          lat: Math.round(coords.latitude * MICRO),
          accuracyM: Math.min(100_000, Math.round(coords.accuracy)),
        }),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 15_000 },
    );
  });
}

const LONGEST_SIDE = 1600;
const QUALITY = 0.8;

/** A photograph small enough to send from a stairwell, without what the camera wrote into it (place, time, owner). */
export async function shrink(file: Blob): Promise<{ bytes: Uint8Array; digest: string }> {
  const image = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  const bytes = new Uint8Array(await blob!.arrayBuffer());
  const digest = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))).slice(2);
  return { bytes, digest: `sha256:${digest}` };
}
