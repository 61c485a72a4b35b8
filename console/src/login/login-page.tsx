import { createTenantry, type Output, TenantryError } from "@tenantry/client";
import { useEffect, useState } from "react";
import { Factor, Recovery } from "./factor.tsx";
import { Field, Form } from "./parts.tsx";
import { firstStep, nextPage, type Step } from "./start.ts";
import { type Language, LanguageContext, useTexts } from "./texts.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

const tenantry = createTenantry({ url: location.origin, retries: 1 });
const languageKey = "tenantry.language";

function keepLanguage(language: Language): void {
  document.documentElement.lang = language;
  try {
    localStorage.setItem(languageKey, language);
  } catch {
    // Storage is switched off: the choice lasts for this page.
  }
}

const enter = (): void => location.replace(nextPage(location.search));

/** The page on which people log in, accept an invitation, or choose another password. */
export function LoginPage() {
  const [language, setLanguage] = useState<Language>(document.documentElement.lang === "de" ? "de" : "en");
  return (
    <LanguageContext value={language}>
      <div className="page">
        <main className="card">
          <Brand />
          <Steps />
        </main>
        <Languages
          language={language}
          onChange={(chosen) => {
            keepLanguage(chosen);
            setLanguage(chosen);
          }}
        />
      </div>
    </LanguageContext>
  );
}

function Brand() {
  const t = useTexts();
  return (
    <div className="brand">
      <img src="/console/icon.svg" alt="" width="36" height="36" />
      <span>{t("product")}</span>
    </div>
  );
}

function Languages({ language, onChange }: { language: Language; onChange: (language: Language) => void }) {
  const t = useTexts();
  return (
    <nav className="languages" aria-label={t("language")}>
      {(["en", "de"] as const).map((one) => (
        <button key={one} type="button" lang={one} aria-pressed={one === language} onClick={() => onChange(one)}>
          {one === "en" ? "English" : "Deutsch"}
        </button>
      ))}
    </nav>
  );
}

/** Runs one call at a time and keeps what went wrong. */
function useCall(): {
  busy: boolean;
  trouble: Trouble | null;
  run: (call: () => Promise<void>) => void;
  clear: () => void;
} {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const run = (call: () => Promise<void>): void => {
    setBusy(true);
    setTrouble(null);
    call()
      .catch((error: unknown) => setTrouble(troubleOf(error)))
      .finally(() => setBusy(false));
  };
  return { busy, trouble, run, clear: () => setTrouble(null) };
}

function Steps() {
  const t = useTexts();
  const [step, setStep] = useState<Step>(() => firstStep(location.hash));
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [chosen, setChosen] = useState("");
  const [missing, setMissing] = useState(false);
  const { busy, trouble, run, clear } = useCall();
  // A code must not stay in the address bar or the history.
  useEffect(() => {
    if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
  }, []);
  const go = (to: Step): void => {
    setMissing(false);
    setCode("");
    setChosen("");
    clear();
    setStep(to);
  };
  const back = (): void => go({ at: "login" });
  const need = (value: string): string | null => (missing && value.trim() === "" ? t("required") : null);
  const tooShort = (value: string): string | null => (missing && Array.from(value).length < 12 ? t("short") : null);
  const unless = (incomplete: boolean, call: () => Promise<void>): void => {
    setMissing(incomplete);
    if (!incomplete) run(call);
  };

  const after = ({ mustDo }: Output<"login">, name: string, used: string): void => {
    if (mustDo === "change_password") go({ at: "change", username: name, password: used });
    else if (mustDo === "set_up_second_factor") go({ at: "factor" });
    else enter();
  };
  const logIn = async (name: string, secret: string, factor?: string): Promise<void> => {
    try {
      const body = { username: name, password: secret, session: "cookie" as const };
      after(await tenantry.login({ body: factor === undefined ? body : { ...body, code: factor } }), name, secret);
    } catch (error) {
      if (!(error instanceof TenantryError) || error.code !== "code_required") throw error;
      go({ at: "code", username: name, password: secret });
    }
  };
  const withPasskey = async (): Promise<void> => {
    const { parseRequestOptionsFromJSON } = PublicKeyCredential;
    const options = await tenantry.startPasskeyLogin({ body: {} });
    const publicKey = parseRequestOptionsFromJSON(options as unknown as PublicKeyCredentialRequestOptionsJSON);
    const signed = await navigator.credentials.get({ publicKey }).catch(() => null);
    if (signed === null) return; // whoever looks at the browser's dialog has closed it
    const response = (signed as PublicKeyCredential).toJSON();
    after(await tenantry.loginWithPasskey({ body: { response, session: "cookie" } as never }), "", "");
  };

  const passwordField = (
    <Field
      label={t("newPassword")}
      type="password"
      value={chosen}
      onChange={setChosen}
      autoComplete="new-password"
      error={tooShort(chosen)}
      focused={step.at === "change" || (step.at === "invitation" && step.known)}
    />
  );
  const form = { busy, trouble };
  switch (step.at) {
    case "login":
      return (
        <Form
          {...form}
          title={t("logIn")}
          hint={step.said ? t(step.said) : t("purpose")}
          action={t("logIn")}
          onSubmit={() => unless(username.trim() === "" || password === "", () => logIn(username.trim(), password))}
        >
          <Field
            label={t("username")}
            value={username}
            onChange={setUsername}
            autoComplete="username"
            error={need(username)}
            focused
          />
          <Field
            label={t("password")}
            type="password"
            value={password}
            onChange={setPassword}
            autoComplete="current-password"
            error={missing && password === "" ? t("required") : null}
          />
          <div className="aside">
            {"PublicKeyCredential" in window && (
              <button type="button" className="plain" onClick={() => run(withPasskey)}>
                {t("passkey")}
              </button>
            )}
            <button type="button" className="plain" onClick={() => go({ at: "reset" })}>
              {t("forgot")}
            </button>
          </div>
        </Form>
      );
    case "code":
      return (
        <Form
          {...form}
          title={t("logIn")}
          action={t("verify")}
          onBack={back}
          onSubmit={() => unless(code.trim() === "", () => logIn(step.username, step.password, code.trim()))}
        >
          <Field
            label={t("code")}
            hint={t("codeHint")}
            value={code}
            onChange={setCode}
            autoComplete="one-time-code"
            error={need(code)}
            focused
          />
        </Form>
      );
    case "invitation": {
      const used = step.known ? step.code : code.trim();
      return (
        <Form
          {...form}
          title={step.known ? t("welcome") : t("invitationTitle")}
          hint={step.known ? t("welcomeHint") : t("invitationHint")}
          action={t("savePassword")}
          onBack={back}
          onSubmit={() =>
            unless(used === "" || Array.from(chosen).length < 12, async () => {
              const accepted = await tenantry.acceptInvitation({ body: { code: used, password: chosen } });
              await logIn(accepted.username, chosen);
            })
          }
        >
          {!step.known && (
            <Field
              label={t("mailedCode")}
              value={code}
              onChange={setCode}
              autoComplete="off"
              error={need(code)}
              focused
            />
          )}
          {passwordField}
        </Form>
      );
    }
    case "reset":
      return (
        <Form
          {...form}
          title={t("resetTitle")}
          hint={t("resetHint")}
          action={t("resetSend")}
          onBack={back}
          onSubmit={() =>
            unless(username.trim() === "", async () => {
              await tenantry.requestPasswordReset({ body: { username: username.trim() } });
              go({ at: "resetCode", code: "" });
            })
          }
        >
          <Field
            label={t("username")}
            value={username}
            onChange={setUsername}
            autoComplete="username"
            error={need(username)}
            focused
          />
        </Form>
      );
    case "resetCode": {
      const used = step.code === "" ? code.trim() : step.code;
      return (
        <Form
          {...form}
          title={t("resetTitle")}
          hint={step.code === "" ? `${t("resetSent")} ${t("resetCodeHint")}` : t("changeHint")}
          action={t("savePassword")}
          onBack={back}
          onSubmit={() =>
            unless(used === "" || Array.from(chosen).length < 12, async () => {
              const body = { code: used, newPassword: chosen };
              const { username: name } = await tenantry.completePasswordReset({ body });
              await logIn(name, chosen);
            })
          }
        >
          {step.code === "" && (
            <Field
              label={t("mailedCode")}
              value={code}
              onChange={setCode}
              autoComplete="off"
              error={need(code)}
              focused
            />
          )}
          {passwordField}
        </Form>
      );
    }
    case "change":
      return (
        <Form
          {...form}
          title={t("changeTitle")}
          hint={t("changeHint")}
          action={t("savePassword")}
          onBack={back}
          onSubmit={() =>
            unless(Array.from(chosen).length < 12, async () => {
              const old = step.password === "" ? password : step.password;
              await tenantry.changeOwnPassword({ body: { password: old, newPassword: chosen } });
              if (step.username === "") enter();
              else await logIn(step.username, chosen);
            })
          }
        >
          {step.password === "" && (
            <Field
              label={t("password")}
              type="password"
              value={password}
              onChange={setPassword}
              autoComplete="current-password"
            />
          )}
          {passwordField}
        </Form>
      );
    case "factor":
      return <Factor tenantry={tenantry} onBack={back} onDone={(codes) => go({ at: "recovery", codes })} />;
    case "recovery":
      return <Recovery codes={step.codes} onDone={enter} />;
  }
}
