import { Alert, Button, Form, Input, Select } from "antd";
import { decryptKey } from "../core/keystore.ts";
import type { StoredKey } from "./keys.ts";
import { useWords } from "./language.tsx";

/** A key opened for one signature. Null when the passphrase is wrong, or there is no such key. */
export async function openKey(own: readonly StoredKey[], { address, passphrase }: Asked): Promise<Uint8Array | null> {
  const stored = own.find((key) => key.address === (address ?? own.at(-1)?.address));
  return stored ? await decryptKey(stored.keystore, passphrase) : null;
}

export interface Asked {
  address?: string;
  passphrase: string;
}

/** Asks with which key of this browser to sign, and for its passphrase. */
export function PassphraseForm({
  own,
  wrong,
  busy,
  onSign,
}: {
  own: readonly StoredKey[];
  wrong: boolean;
  busy: boolean;
  onSign: (asked: Asked) => void;
}) {
  const { t } = useWords();
  if (own.length === 0) return <Alert type="warning" showIcon title={t("sign_no_key")} />;
  return (
    <>
      {wrong && <Alert type="error" showIcon title={t("key_wrong_passphrase")} />}
      <Form<Asked> layout="vertical" onFinish={onSign} requiredMark={false}>
        {own.length > 1 && (
          <Form.Item name="address" label={t("key_address")} initialValue={own.at(-1)!.address}>
            <Select options={own.map(({ address }) => ({ value: address, label: address }))} />
          </Form.Item>
        )}
        <Form.Item name="passphrase" label={t("passphrase")} rules={[{ required: true, message: t("passphrase") }]}>
          <Input.Password autoComplete="off" />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>
          {t("sign_and_send")}
        </Button>
      </Form>
    </>
  );
}
