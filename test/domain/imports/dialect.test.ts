import { expect, test } from "vitest";
import { dialectOf } from "../../../shared/domain/imports/dialect.ts";

test.each([
  ["companyname,ParentId,Level\nA,1,reseller", { separator: ",", lineEnd: "\n", start: 0 }],
  ["kind;name;space\r\ncustomer;A;1,5 TB\r\n", { separator: ";", lineEnd: "\r\n", start: 0 }],
  ["kind\tname\tcountry\rcustomer\tA\tDE", { separator: "\t", lineEnd: "\r", start: 0 }],
  ['"a;b;c;d",name\nx,y', { separator: ",", lineEnd: "\n", start: 0 }],
  ['"first\nline";name\r\nx;y', { separator: ";", lineEnd: "\r\n", start: 0 }],
  ["sep=;\r\nname;country\r\n", { separator: ";", lineEnd: "\r\n", start: 7 }],
  ["sep=\t\nname\tcountry\n", { separator: "\t", lineEnd: "\n", start: 6 }],
  ["name\nA\n", { separator: ",", lineEnd: "\n", start: 0 }],
  ["name", { separator: ",", lineEnd: "\n", start: 0 }],
  ["", { separator: ",", lineEnd: "\n", start: 0 }],
])("%j is written as %j", (text, dialect) => {
  expect(dialectOf(text)).toEqual(dialect);
});
