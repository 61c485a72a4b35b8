import { useTranslation } from "react-i18next";
import { Status, type Tone } from "../../parts/show/status.tsx";
import type { Invoice } from "./data.ts";

const tones: Record<Invoice["status"], Tone> = { draft: "warn", issued: "calm", paid: "good", void: "bad" };

/** Where an invoice stands; a credit note says what it is. */
export function InvoiceState({ invoice: { status, kind } }: { invoice: Pick<Invoice, "status" | "kind"> }) {
  const { t } = useTranslation();
  const label = kind === "credit-note" ? t("invoices.creditNote") : t(`invoices.states.${status}`);
  return <Status tone={tones[status]} label={label} />;
}
