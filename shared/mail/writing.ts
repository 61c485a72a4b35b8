import type { Block } from "./blocks.ts";
import type { Formats } from "./formats.ts";
import type { Texts } from "./texts.ts";

/** What a letter is written with, whatever it is about. Names are as they are shown, on one line. */
export interface Writing {
  texts: Texts;
  formats: Formats;
  customer: string;
  sender: string;
  /** The temporary password; null in a preview. */
  secret: string | null;
  /** Links of the look; empty where it has none. */
  setup: Block[];
  support: Block[];
}

/** What a letter says between its greeting and its end, and under which subject. */
export interface Content {
  subject: string;
  blocks: Block[];
}
