import { useFormats } from "./formats.ts";

interface MomentProps {
  /** ISO 8601 */
  at: string | null;
  /** What is shown where there is no time. */
  none?: string;
  /** `short` is for columns of tables: "5 min. ago". */
  show?: "relative" | "short" | "dateTime" | "date";
}

/** A moment in the reader's own time. The exact one is there for whoever points at a relative one. */
export function Moment({ at, none = "–", show = "relative" }: MomentProps) {
  const formats = useFormats();
  if (at === null) return <span>{none}</span>;
  return (
    <time dateTime={at} title={formats.dateTime(at)} className="numbers">
      {formats[show](at)}
    </time>
  );
}
