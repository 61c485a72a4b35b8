import { refuse } from "../../shared/domain/terms/errors.ts";
import { type Input, operation } from "../../shared/http/operation.ts";
import { renderReport } from "../../shared/mail/reports/render.ts";
import { reportStore } from "../../shared/store/reports/reports.ts";
import { reports as contracts } from "./contract.ts";

const stores = { reports: reportStore };

/**
 * Answers a report as it would be sent now, or as one that has been sent before said. Refuses a past period of which only what holds now is known.
 */
export async function previewReport({
  params,
  query,
  deps: { reports },
}: Input<typeof contracts.previewReport, typeof stores>) {
  if (query.to !== undefined && Date.parse(query.to) > reports.now())
    throw refuse("invalid_time", "to", "must not lie in the future");
  const { content, look } = await reports.preview(params.id, query.to);
  const { subject, text, html, language } = await renderReport(content, look, null);
  return { report: content.report, csv: content.csv, csvTooLarge: content.csvTooLarge, subject, text, html, language };
}

export const handler = operation(contracts.previewReport, previewReport, stores);
