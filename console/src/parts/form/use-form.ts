import { TenantryError } from "@tenantry/client";
import { useEffect, useMemo, useRef, useState } from "react";
import { tell } from "../../app/problem.ts";

/** Values of a form by the path of the field in the API's body, such as `space.limitBytes`. */
export type Values = Readonly<Record<string, unknown>>;

const keyOf = (id: string): string => `tenantry.draft.${id}`;

function readDraft(id: string): Values {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(keyOf(id)) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Values) : {};
  } catch {
    return {};
  }
}

const without = <T extends object>(record: T, name: string): T =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== name)) as T;

interface FormOptions<V extends Values> {
  /** Names the form, and what it is about, where its draft is kept until it is sent. */
  id: string;
  initial: V;
  /** Fields that are never kept: passwords and the like. */
  secrets?: readonly (keyof V & string)[];
  /** The field that a path of the API's body means, where it has another name. */
  fieldAt?: (path: string, values: V) => string;
}

/** What is typed into a form: it survives a reload, and learns from a refusal which fields are at fault. */
export interface Form<V extends Values> {
  values: V;
  set: <Key extends keyof V & string>(name: Key, value: V[Key]) => void;
  /** Props of a control: `<TextInput label="Name" {...form.field("name")} />`, for controls that tell their value. */
  field: <Key extends keyof V & string>(
    name: Key,
  ) => { value: V[Key]; onChange: (value: V[Key]) => void; error: string | undefined };
  /** Props of a control of text that tells an event: `TextInput`, `Textarea`. */
  text: (name: keyof V & string) => {
    value: string;
    onChange: (event: { currentTarget: { value: string } }) => void;
    error: string | undefined;
  };
  /** Names of the fields that differ from how the form began. */
  changed: readonly (keyof V & string)[];
  /** The form began with what was typed before a reload. */
  restored: boolean;
  busy: boolean;
  /** What was refused as a whole: what no field shows. */
  error: unknown;
  /** Says that fields are at fault before anything is sent; empty: none. */
  fault: (faults: Readonly<Partial<Record<keyof V & string, string>>>) => boolean;
  /** Sends it; the draft is dropped where that succeeds. @returns what it answered, or undefined where it was refused */
  submit: <T>(send: () => Promise<T>) => Promise<T | undefined>;
  /** Back to how it began, without the draft. */
  reset: () => void;
}

/** A form and its draft. */
export function useForm<V extends Values>({ id, initial, secrets = [], fieldAt }: FormOptions<V>): Form<V> {
  const began = useRef(initial);
  const [draft, setDraft] = useState<Values>(() => readDraft(id));
  const [restored, setRestored] = useState(() => Object.keys(readDraft(id)).length > 0);
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({});
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  began.current = initial;
  const values = useMemo(() => ({ ...initial, ...draft }) as V, [initial, draft]);

  useEffect(() => {
    const kept = Object.fromEntries(Object.entries(draft).filter(([name]) => !secrets.includes(name)));
    if (Object.keys(kept).length === 0) sessionStorage.removeItem(keyOf(id));
    else sessionStorage.setItem(keyOf(id), JSON.stringify(kept));
  }, [draft, id, secrets]);

  const set = (name: string, value: unknown): void => {
    const isBack = Object.is(value, began.current[name]);
    setDraft((before) => (isBack ? without(before, name) : { ...before, [name]: value }));
    setFaults((before) => without(before, name));
  };
  const reset = (): void => {
    setDraft({});
    setFaults({});
    setError(null);
    setRestored(false);
    sessionStorage.removeItem(keyOf(id));
  };
  /** The field that a path of the API is shown at. Lists have fields that were not there when the form began. */
  const fieldOf = (path: string): string | undefined => {
    const place = fieldAt?.(path, values) ?? path;
    return Object.keys(values).find(
      (name) => place === name || place.startsWith(`${name}.`) || place.startsWith(`${name}[`),
    );
  };

  const submit = async <T>(send: () => Promise<T>): Promise<T | undefined> => {
    setBusy(true);
    setError(null);
    setFaults({});
    try {
      const answer = await send();
      reset();
      return answer;
    } catch (refusal) {
      const { fields } = tell(refusal);
      const shown = fields.flatMap(({ path, message }) => {
        const name = fieldOf(path);
        return name === undefined ? [] : [[name, message] as const];
      });
      setFaults(Object.fromEntries(shown));
      const all = refusal instanceof TenantryError && fields.length > 0 && shown.length === fields.length;
      // A refusal that is about one field is told there; the whole needs no second word, unless it is about a rule.
      setError(all && (refusal as TenantryError).code === "invalid_request" ? null : refusal);
      return undefined;
    } finally {
      setBusy(false);
    }
  };

  return {
    values,
    set: set as Form<V>["set"],
    field: (name) => ({
      value: values[name],
      onChange: (value) => set(name, value),
      error: faults[name],
    }),
    text: (name) => ({
      value: String(values[name] ?? ""),
      onChange: (event) => set(name, event.currentTarget.value),
      error: faults[name],
    }),
    changed: Object.keys(draft) as (keyof V & string)[],
    restored,
    busy,
    error,
    fault(found) {
      const named = Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined);
      setFaults(Object.fromEntries(named));
      return named.length > 0;
    },
    submit,
    reset,
  };
}
