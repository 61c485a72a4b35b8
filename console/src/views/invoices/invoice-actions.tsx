import { Button, Textarea, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay, useMe } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { Dialog } from "../../parts/dialogs/dialog.tsx";
import { notify, notifyProblem } from "../../parts/dialogs/notify.tsx";
import { FormFrame } from "../../parts/form/form-frame.tsx";
import { useForm } from "../../parts/form/use-form.ts";
import { today } from "../../parts/show/today.ts";
import styles from "../billing/billing.module.css";
import type { Invoice } from "./data.ts";

/** What its seller can do with an invoice: issue a draft, note a payment, mail it again, make it void. */
export function InvoiceActions({ invoice }: { invoice: Invoice }) {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay();
  const client = useQueryClient();
  const [dialog, setDialog] = useState<"pay" | "void" | null>(null);
  const { id, status, kind, number, recipient } = invoice;
  if (invoice.issuerId !== me.scope.id || !may("billing:write")) return null;
  const params = { id };
  const close = (): void => setDialog(null);
  const done = async (text: string): Promise<void> => {
    close();
    notify(text);
    await client.invalidateQueries({ queryKey: ["invoices"] });
  };
  const issue = (): void =>
    ask({
      title: t("invoices.issueTitle"),
      body: t("invoices.issueBody"),
      action: t("invoices.issue"),
      run: async () => {
        const issued = await tenantry.issueInvoice({ params });
        await done(t("invoices.issuedAs", { number: issued.number }));
      },
    });
  const mail = async (): Promise<void> => {
    await tenantry.mailInvoice({ params });
    await done(t("invoices.mailed", { to: recipient }));
  };
  const isInvoice = kind === "invoice";
  return (
    <div className={styles.downloads}>
      {status === "draft" && (
        <Button size="xs" onClick={issue}>
          {t("invoices.issue")}
        </Button>
      )}
      {status === "issued" && isInvoice && (
        <Button size="xs" onClick={() => setDialog("pay")}>
          {t("invoices.pay")}
        </Button>
      )}
      {status !== "draft" && (
        <Button size="xs" variant="default" onClick={() => void mail().catch(notifyProblem)}>
          {t("invoices.mail")}
        </Button>
      )}
      {(status === "issued" || status === "paid") && isInvoice && (
        <Button size="xs" variant="default" color="red" onClick={() => setDialog("void")}>
          {t("invoices.void")}
        </Button>
      )}
      <Dialog
        opened={dialog !== null}
        onClose={close}
        title={dialog === null ? "" : t(`invoices.${dialog}Title`, { number })}
      >
        {dialog === "pay" && (
          <PayForm id={id} onCancel={close} onDone={() => void done(t("invoices.paid", { number }))} />
        )}
        {dialog === "void" && (
          <VoidForm id={id} onCancel={close} onDone={(note) => void done(t("invoices.voided", { number, note }))} />
        )}
      </Dialog>
    </div>
  );
}

function PayForm({ id, onCancel, onDone }: { id: string; onCancel: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const initial = useMemo(() => ({ paidOn: today() }), []);
  const form = useForm({ id: `invoices.pay.${id}`, initial });
  const pay = async (): Promise<void> => {
    if (form.values.paidOn === "" && form.fault({ paidOn: t("parts.required") })) return;
    const paid = await form.submit(() => tenantry.payInvoice({ params: { id }, body: form.values }));
    if (paid) onDone();
  };
  return (
    <FormFrame form={form} action={t("invoices.pay")} onSubmit={() => void pay()} onCancel={onCancel}>
      <TextInput type="date" label={t("invoices.paidOn")} max={today()} {...form.text("paidOn")} />
    </FormFrame>
  );
}

interface VoidFormProps {
  id: string;
  onCancel: () => void;
  /** @param note number of the credit note */
  onDone: (note: string) => void;
}
function VoidForm({ id, onCancel, onDone }: VoidFormProps) {
  const { t } = useTranslation();
  const initial = useMemo(() => ({ reason: "" }), []);
  const form = useForm({ id: `invoices.void.${id}`, initial });
  const makeVoid = async (): Promise<void> => {
    const reason = form.values.reason.trim();
    if (reason === "" && form.fault({ reason: t("parts.required") })) return;
    const voided = await form.submit(() => tenantry.voidInvoice({ params: { id }, body: { reason } }));
    if (voided) onDone(voided.creditNote.number ?? "");
  };
  return (
    <FormFrame form={form} action={t("invoices.void")} onSubmit={() => void makeVoid()} onCancel={onCancel}>
      <p>{t("invoices.voidBody")}</p>
      <Textarea
        label={t("invoices.reason")}
        maxLength={500}
        autosize
        minRows={2}
        withAsterisk
        {...form.text("reason")}
      />
    </FormFrame>
  );
}
