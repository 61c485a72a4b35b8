import { useNode } from "../../frame/node-context.ts";
import { Note, Page } from "../../parts/page.tsx";
import { useTranslation } from "react-i18next";
import { Place } from "../details/side.tsx";
import { ChangeLocation } from "./change-location.tsx";
import { MigrationsSection } from "./migrations.tsx";
import { ReplicationSection } from "./replication.tsx";
import { ServersSection } from "./servers.tsx";

/** Where the data lie. Servers, copies and migrations are there for storage of one's own. */
export function StorageView() {
  const { t } = useTranslation();
  const node = useNode();
  const isOwn = node.serviceType === "software-only" || node.servicesToProvide.includes("software-only");
  return (
    <Page narrow>
      <Place node={node} />
      <ChangeLocation node={node} />
      {isOwn ? (
        <>
          <ServersSection node={node} />
          <ReplicationSection node={node} />
          <MigrationsSection node={node} />
        </>
      ) : (
        <Note>{t("storage.cloud")}</Note>
      )}
    </Page>
  );
}
