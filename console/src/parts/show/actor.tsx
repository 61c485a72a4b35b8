import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Schemas } from "@tenantry/client";
import { useTranslation } from "react-i18next";
import { tenantry } from "../../app/api.ts";
import { useMay, useMe } from "../../app/session.tsx";

type Who = Schemas["LogEntry"]["actor"];

/** What somebody who acts is called. Whoever is gone, or cannot be seen, has no name. */
const nameQuery = (kind: Who["kind"], id: string) =>
  queryOptions({
    queryKey: ["actors", id],
    queryFn: async ({ signal }): Promise<string | null> => {
      const call = { params: { id }, signal };
      try {
        if (kind === "user") return (await tenantry.getUser(call)).name;
        if (kind === "apiKey") return (await tenantry.getApiKey(call)).name;
        if (kind === "account") return (await tenantry.getAccount(call)).username;
        if (kind === "device") return (await tenantry.getDevice(call)).name;
      } catch {
        return null; // its kind and the end of its id have to do
      }
      return null;
    },
    staleTime: 10 * 60_000,
  });

const named: ReadonlySet<Who["kind"]> = new Set(["user", "apiKey", "account", "device"]);

/** Who did something: name and kind. */
export function Actor({ actor: { kind, id } }: { actor: { kind: Who["kind"]; id: string | null } }) {
  const { t } = useTranslation();
  const me = useMe();
  const may = useMay();
  const visible = kind === "user" ? may("users:read") : kind === "apiKey" ? may("keys:read") : named.has(kind);
  const { data } = useQuery({ ...nameQuery(kind, id ?? ""), enabled: id !== null && visible });
  if (kind === "system") return <>{t("parts.actors.system")}</>;
  if (id === null) return <>{t("parts.actors.above")}</>;
  const label = t(`parts.actors.${kind}`);
  if (id === me.id)
    return (
      <>
        {data ?? label} {t("parts.actors.you")}
      </>
    );
  return (
    <span title={`${label} ${id}`}>
      {data ?? label}
      {data === undefined || data === null ? ` …${id.slice(-5)}` : ""}
    </span>
  );
}
