import type { en } from "./en.ts";

type Widened<T> = { readonly [Key in keyof T]: T[Key] extends string ? string : Widened<T[Key]> };

/** The texts of one language. Each other language has the same keys as the English one, or does not compile. */
export type Texts = Widened<typeof en>;
