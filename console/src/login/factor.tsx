import type { Output, Tenantry } from "@tenantry/client";
import { useEffect, useState } from "react";
import { Fault, Field, Form } from "./parts.tsx";
import { useTexts } from "./texts.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

interface FactorProps {
  tenantry: Pick<Tenantry, "startTotp" | "confirmTotp">;
  onBack: () => void;
  onDone: (codes: readonly string[]) => void;
}

/** Sets an authenticator app up, where a level demands a second factor. */
export function Factor({ tenantry, onBack, onDone }: FactorProps) {
  const t = useTexts();
  const [seed, setSeed] = useState<Output<"startTotp"> | null>(null);
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  useEffect(() => {
    tenantry.startTotp().then(setSeed, (error: unknown) => setTrouble(troubleOf(error)));
  }, [tenantry]);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setTrouble(null);
    try {
      const { recoveryCodes } = await tenantry.confirmTotp({ body: { code: code.trim() } });
      onDone(recoveryCodes);
    } catch (error) {
      setTrouble(troubleOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form
      title={t("factorTitle")}
      hint={t("factorHint")}
      action={t("factorConfirm")}
      busy={busy || seed === null}
      trouble={trouble}
      onBack={onBack}
      onSubmit={() => void confirm()}
    >
      {seed !== null && (
        <div className="seed">
          <span>{t("factorKey")}</span>
          <code>{seed.seed.replaceAll(/(.{4})/g, "$1 ").trim()}</code>
          <a href={seed.uri}>{t("factorOpen")}</a>
        </div>
      )}
      <Field
        label={t("code")}
        value={code}
        onChange={setCode}
        autoComplete="one-time-code"
        inputMode="numeric"
        focused
      />
    </Form>
  );
}

/** Shows the recovery codes, this once. */
export function Recovery({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const t = useTexts();
  const [copied, setCopied] = useState(false);
  return (
    <div className="form">
      <h1>{t("recoveryTitle")}</h1>
      <p className="lead">{t("recoveryHint")}</p>
      <Fault trouble={null} />
      <ul className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <button
        type="button"
        className="plain"
        onClick={() => void navigator.clipboard.writeText(codes.join("\n")).then(() => setCopied(true))}
      >
        {copied ? t("copied") : t("copy")}
      </button>
      <button type="button" className="primary" onClick={onDone}>
        {t("recoveryDone")}
      </button>
    </div>
  );
}
