import { Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Problem } from "../../parts/states.tsx";
import { AttentionCard } from "./attention-card.tsx";
import { overviewQuery } from "./data.ts";
import { DetailsCard } from "./details-card.tsx";
import { LogCard } from "./log-card.tsx";
import styles from "./overview.module.css";
import { StorageCard } from "./storage-card.tsx";
import { Tiles } from "./tiles.tsx";
import { TrendCard } from "./trend-card.tsx";

const route = getRouteApi("/n/$nodeId/overview");

/** A customer at a glance: what is protected, what needs somebody, limits, where the data are, what happened last. */
export function OverviewView() {
  const { t } = useTranslation();
  const { nodeId } = route.useParams();
  const { data, error, refetch } = useQuery(overviewQuery(nodeId));
  if (error !== null && data === undefined) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined)
    return (
      <div className={styles.page} role="status" aria-label={t("parts.loading")}>
        {Array.from({ length: 4 }, (_, index) => (
          <div key={index} className={`${styles.card} ${styles.tile}`}>
            <Skeleton height={12} width={80} />
            <Skeleton height={26} width={120} />
            <Skeleton height={12} />
          </div>
        ))}
      </div>
    );
  return (
    <div className={styles.page}>
      <Tiles overview={data} />
      <AttentionCard overview={data} />
      <StorageCard overview={data} />
      <TrendCard overview={data} />
      <LogCard overview={data} />
      <DetailsCard overview={data} />
    </div>
  );
}
