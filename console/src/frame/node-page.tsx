import { Skeleton } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { areas, type Node } from "../app/areas.ts";
import { Later } from "../parts/later.tsx";
import { Empty, Failure } from "../parts/states.tsx";
import { CustomerState } from "../views/customers/customer-state.tsx";
import { AreaTabs } from "./area-tabs.tsx";
import { customerQuery } from "./data.ts";
import { NodeContext } from "./node-context.ts";
import styles from "./node-page.module.css";
import { useAreas } from "./use-areas.ts";
import { useFocusKept } from "./use-focus-kept.ts";

const route = getRouteApi("/n/$nodeId");

/** One customer of the branch: where it is, what it is, and its areas. */
export function NodePage() {
  const { nodeId } = route.useParams();
  const { data: node, error, refetch } = useQuery(customerQuery(nodeId));
  if (error !== null && node === undefined) return <Failure error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <header className={styles.head}>
        <Breadcrumb node={node} />
        <div className={styles.title}>
          {node ? <h1>{node.name}</h1> : <Skeleton height={22} width={220} />}
          {node && <Facts node={node} />}
        </div>
        <AreaTabs nodeId={nodeId} node={node} />
      </header>
      {node && (
        <NodeContext value={node}>
          <Body node={node} />
        </NodeContext>
      )}
    </>
  );
}

function Body({ node }: { node: Node }) {
  const { t } = useTranslation();
  const shown = useAreas(node.id, node);
  const body = useRef<HTMLDivElement>(null);
  useFocusKept(body);
  const path = useRouterState({ select: ({ location }) => location.pathname.split("/")[3] });
  const area = areas.find((one) => one.path === path);
  const isOffered = area === undefined || shown.includes(area);
  return (
    <div className={styles.body} id="view" tabIndex={-1} ref={body}>
      {isOffered ? (
        <Later>
          <Outlet />
        </Later>
      ) : (
        <Empty
          icon={IconLock}
          title={t("frame.notOffered", { area: t(area.label) })}
          hint={t(notOfferedHint(area, node.level))}
        />
      )}
    </div>
  );
}

/** Why an area is not there: customers like this one have none, or the role may not see it. */
const notOfferedHint = ({ levels, at }: (typeof areas)[number], level: Node["level"]) =>
  at !== undefined || (levels !== undefined && !levels.includes(level))
    ? "frame.notOfferedHere"
    : "frame.notOfferedRole";

function Facts({ node }: { node: Node }) {
  const { t } = useTranslation();
  return (
    <>
      <span className={styles.level}>{t(`terms.levels.${node.level}`)}</span>
      {(!node.effectivelyActive || node.trial !== null || node.deletedAt !== null) && <CustomerState customer={node} />}
    </>
  );
}

function Breadcrumb({ node }: { node: Node | undefined }) {
  const { t } = useTranslation();
  return (
    <nav aria-label={t("frame.breadcrumb")}>
      <ol className={styles.crumbs}>
        {node?.path.slice(0, -1).map((step) => (
          <li key={step.id}>
            <Link to="/n/$nodeId" params={{ nodeId: step.id }}>
              {step.name}
            </Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
