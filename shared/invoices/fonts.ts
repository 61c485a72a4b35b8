import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { InvoiceFonts } from "./pdf-page.ts";

/** Fonts beside the function that makes files: they hold Latin, Greek and Cyrillic letters. */
const fontFiles = { regular: "DejaVuSansCondensed.ttf", bold: "DejaVuSansCondensed-Bold.ttf" } as const;

const load = async (folder: string): Promise<InvoiceFonts> => {
  const [regular, bold] = await Promise.all([
    readFile(join(folder, fontFiles.regular)),
    readFile(join(folder, fontFiles.bold)),
  ]);
  return { regular, bold };
};

let fonts: Promise<InvoiceFonts> | undefined;
/** The fonts of PDF files, read once. @param folder where they are */
export const fontsIn = (folder: string): Promise<InvoiceFonts> => (fonts ??= load(folder));
