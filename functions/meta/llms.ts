import { buildLlmsText } from "../../shared/http/description/llms-text.ts";
import { publicPage } from "../../shared/http/text.ts";
import { areas } from "../areas.ts";
import { operations } from "../routes.ts";
import { meta as contracts } from "./contract.ts";

/** Answers what the API can do, in a form that language models read. */
export const llms = () => ({ text: buildLlmsText(operations, areas) });

export const handler = publicPage(contracts.llms, llms);
