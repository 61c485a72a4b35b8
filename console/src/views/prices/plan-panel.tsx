import { Button, Skeleton } from "@mantine/core";
import { IconCalendarClock, IconPencil, IconPlus, type TablerIcon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useMay } from "../../app/session.tsx";
import { ask } from "../../parts/dialogs/confirm.tsx";
import { notify } from "../../parts/dialogs/notify.tsx";
import { Section } from "../../parts/section.tsx";
import { useFormats } from "../../parts/show/formats.ts";
import { Status, type Tone } from "../../parts/show/status.tsx";
import { Problem } from "../../parts/states.tsx";
import {
  type DatedVersion,
  planQuery,
  type PricePlan,
  refreshPrices,
  useSavePlan,
  versionsOf,
  type When,
} from "./data.ts";
import styles from "./prices.module.css";
import { VersionFacts } from "./version-facts.tsx";

/** What is asked for in a dialog: another name, or prices; those from a day, or, with null, new ones. */
export type Asked =
  { kind: "rename"; plan: PricePlan } | { kind: "version"; plan: PricePlan; validFrom: string | null };

const shown: Record<When, { tone: Tone; icon?: TablerIcon }> = {
  future: { tone: "calm", icon: IconCalendarClock },
  current: { tone: "good" },
  past: { tone: "calm" },
};

/** One price plan: its prices from day to day, newest first, and how to change them. */
export function PlanPanel({ id, onAsk }: { id: string; onAsk: (asked: Asked) => void }) {
  const { t } = useTranslation();
  const mayEdit = useMay()("billing:write");
  const { data: plan, error, refetch } = useQuery(planQuery(id));
  if (error !== null && !plan) return <Problem error={error} onRetry={() => void refetch()} />;
  if (!plan) return <Skeleton height={240} />;
  return (
    <div className={styles.stack}>
      {mayEdit && (
        <div className={styles.actions}>
          <Button
            size="xs"
            leftSection={<IconPlus size={15} aria-hidden />}
            onClick={() => onAsk({ kind: "version", plan, validFrom: null })}
          >
            {t("prices.newVersion")}
          </Button>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPencil size={15} aria-hidden />}
            onClick={() => onAsk({ kind: "rename", plan })}
          >
            {t("prices.rename")}
          </Button>
        </div>
      )}
      <p className={styles.soft}>
        {t("prices.monthly")} {mayEdit && t("prices.newVersionHint")}
      </p>
      {versionsOf(plan).map((dated) => (
        <VersionPart key={dated.version.validFrom} plan={plan} dated={dated} mayEdit={mayEdit} onAsk={onAsk} />
      ))}
    </div>
  );
}

interface VersionPartProps {
  plan: PricePlan;
  dated: DatedVersion;
  mayEdit: boolean;
  onAsk: (asked: Asked) => void;
}

function VersionPart({ plan, dated: { version, when, open, until }, mayEdit, onAsk }: VersionPartProps) {
  const { t } = useTranslation();
  const { period } = useFormats();
  const save = useSavePlan(plan);
  const { validFrom } = version;
  const day = period(validFrom);
  const remove = (): void =>
    ask({
      title: t("prices.removeTitle", { day }),
      body: t("prices.removeBody"),
      action: t("prices.remove"),
      dangerous: true,
      run: async () => {
        if ((await save({ versions: { [validFrom]: null } })) === null) return;
        notify(t("prices.removed", { day }));
        await refreshPrices();
      },
    });
  return (
    <div className={styles.version}>
      <Section
        plain
        title={until === null ? t("prices.from", { day }) : t("prices.fromUntil", { from: day, to: period(until) })}
        hint={<Status {...shown[when]} label={t(`prices.states.${when}`)} />}
        actions={
          mayEdit &&
          open && (
            <>
              <Button
                size="xs"
                variant="default"
                aria-label={`${t("prices.edit")}: ${t("prices.from", { day })}`}
                onClick={() => onAsk({ kind: "version", plan, validFrom })}
              >
                {t("prices.edit")}
              </Button>
              {/* A plan always has prices. */}
              {plan.versions.length > 1 && (
                <Button
                  size="xs"
                  variant="default"
                  color="red"
                  aria-label={`${t("prices.remove")}: ${t("prices.from", { day })}`}
                  onClick={remove}
                >
                  {t("prices.remove")}
                </Button>
              )}
            </>
          )
        }
      >
        <VersionFacts version={version} currency={plan.currency} />
      </Section>
    </div>
  );
}
