import { type ReactNode, useId, useState } from "react";
import type { Trouble } from "./trouble.ts";
import { useTexts } from "./texts.ts";

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: "text" | "password";
  autoComplete: string;
  hint?: string;
  error?: string | null;
  focused?: boolean;
  inputMode?: "text" | "numeric";
}

/** A labelled input; a password can be looked at. */
export function Field({
  label,
  value,
  onChange,
  type = "text",
  autoComplete,
  hint,
  error,
  focused,
  inputMode,
}: FieldProps) {
  const id = useId();
  const t = useTexts();
  const [shown, setShown] = useState(false);
  const said = error ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="input">
        <input
          id={id}
          type={type === "password" && !shown ? "password" : "text"}
          value={value}
          autoComplete={autoComplete}
          autoCapitalize="none"
          spellCheck={false}
          inputMode={inputMode ?? "text"}
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus={focused ?? false}
          aria-invalid={error ? true : undefined}
          aria-describedby={said ? `${id}-said` : undefined}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
        {type === "password" && (
          <button type="button" className="peek" aria-pressed={shown} onClick={() => setShown(!shown)}>
            <Eye open={shown} />
            <span className="hidden">{shown ? t("hide") : t("show")}</span>
          </button>
        )}
      </div>
      {said && (
        <p id={`${id}-said`} className={error ? "fault" : "hint"}>
          {said}
        </p>
      )}
    </div>
  );
}

const Eye = ({ open }: { open: boolean }) => (
  <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
    <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z" />
    <circle cx="12" cy="12" r="2.8" />
    {open && <path d="M4 4l16 16" />}
  </svg>
);

/** What went wrong, and the id of the request. */
export function Fault({ trouble }: { trouble: Trouble | null }) {
  const t = useTexts();
  if (trouble === null) return null;
  const { key, detail, requestId, seconds } = trouble;
  const later =
    seconds === null
      ? ""
      : seconds < 90
        ? t("inSeconds", { count: String(Math.max(1, Math.ceil(seconds))) })
        : t("inMinutes", { count: String(Math.ceil(seconds / 60)) });
  return (
    <div className="trouble" role="alert">
      <p>{detail ?? t(key, { later })}</p>
      {requestId !== null && <p className="request">{t("request", { id: requestId })}</p>}
    </div>
  );
}

interface FormProps {
  title: string;
  hint?: string;
  action: string;
  busy: boolean;
  trouble: Trouble | null;
  onSubmit: () => void;
  onBack?: () => void;
  children: ReactNode;
}

/** One step of the page. It is sent by a script, never by the browser. */
export function Form({ title, hint, action, busy, trouble, onSubmit, onBack, children }: FormProps) {
  const t = useTexts();
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) onSubmit();
      }}
    >
      <h1>{title}</h1>
      {hint && <p className="lead">{hint}</p>}
      <Fault trouble={trouble} />
      {children}
      <button type="submit" className="primary" aria-busy={busy} disabled={busy}>
        {action}
      </button>
      {onBack && (
        <button type="button" className="plain" onClick={onBack}>
          {t("back")}
        </button>
      )}
    </form>
  );
}
