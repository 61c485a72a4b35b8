import * as fc from "fast-check";

const fragments = [
  "<script>alert(1)</script>",
  "</code>",
  "</title><b>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='x",
  "<!--",
  "-->",
  "<![CDATA[",
  "]]>",
  "&lt;",
  "&amp;amp;",
  "&#60;b&#62;",
  "&nbsp",
  "<",
  ">",
  "`",
  "${x}",
  "\u202e",
  "\u2066",
  "\u2069",
  "ü",
  "🦊",
  "👩‍👩‍👧",
  "ש",
  "  ",
  "\u00a0",
  ",",
  ";",
  "\\",
  "%0d%0a",
  "=?utf-8?q?=3Cb=3E?=",
  "a@b.example",
];

/** Text of one line, full of what means something elsewhere. */
export const nastyLine = fc
  .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join("").replace(/[\p{Cc}\p{Cs}]/gu, ""))
  .filter((text) => text !== "");

/** The same with line breaks and other control characters, as it could only come past the API. */
export const nastyText = fc
  .array(
    fc.oneof(
      nastyLine,
      fc.constantFrom("\r\n", "\n", "\r", "\0", "\t", "\u2028", "\u0085", "\r\n\r\n", "\r\nBcc: all@evil.example\r\n"),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(""));
