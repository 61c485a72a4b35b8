import { Radio, SegmentedControl, Stack, Switch, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Node } from "../../app/areas.ts";
import { BytesField } from "../../parts/form/bytes-field.tsx";
import type { Form } from "../../parts/form/use-form.ts";
import { useFormats } from "../../parts/show/formats.ts";
import { Fields, Section } from "../../parts/page.tsx";
import { WeekGrid } from "../../parts/week-grid.tsx";
import { type Effective, effectiveThrottle, type Throttle, throttlesAt } from "./catalogue.ts";
import styles from "./settings.module.css";
import type { SettingValues } from "./settings-view.tsx";
import { Source } from "./source.tsx";

interface ThrottleSectionProps {
  node: Node;
  form: Form<SettingValues>;
  effective: Effective;
  above: Effective | null;
  mayEdit: boolean;
}

/** Throttling: inherited or own as a whole, with the hours of the week in which it holds. */
export function ThrottleSection({ node, form, effective, above, mayEdit }: ThrottleSectionProps) {
  const { t } = useTranslation();
  const { bytes } = useFormats();
  const own = form.values.throttle;
  const { error } = form.field("throttle");
  const wasOwn = effective.throttle.enabled.source.id === node.id;
  const inherited = wasOwn && above ? above : effective;
  const shown = own ?? effectiveThrottle(inherited);
  const set = (change: Partial<Throttle>): void => form.set("throttle", { ...shown, ...change });
  const words = !shown.enabled
    ? t("settings.throttle.never")
    : [
        shown.bytesPerSecond === null ? "" : t("settings.throttle.limit", { amount: bytes(shown.bytesPerSecond) }),
        shown.always ? t("settings.throttle.allDay") : t("settings.throttle.hours", { from: shown.from, to: shown.to }),
        shown.offAtWeekend ? t("settings.throttle.notAtWeekend") : "",
      ]
        .filter((part) => part !== "")
        .join(", ");
  return (
    <Section
      title={t("settings.throttle.title")}
      description={t("settings.throttle.hint")}
      actions={
        mayEdit && (
          <SegmentedControl
            size="xs"
            aria-label={`${t("settings.throttle.title")}: ${t("settings.which")}`}
            value={own === null ? "inherit" : "own"}
            data={[
              { value: "inherit", label: t(node.level === "provider" ? "settings.default" : "settings.inherit") },
              { value: "own", label: t("settings.own") },
            ]}
            onChange={(mode) => form.set("throttle", mode === "own" ? shown : null)}
          />
        )
      }
    >
      <div className={styles.throttle}>
        <div>
          <div className={styles.label}>{words}</div>
          <Source
            node={node}
            source={own === null ? inherited.throttle.enabled.source : { id: node.id, level: node.level }}
          />
        </div>
        {own !== null && mayEdit && (
          <>
            <Switch
              label={t("settings.throttle.enabled")}
              checked={own.enabled}
              onChange={(event) =>
                set({ enabled: event.currentTarget.checked, bytesPerSecond: own.bytesPerSecond ?? 1_000_000 })
              }
            />
            {own.enabled && (
              <Fields>
                <BytesField
                  label={t("settings.throttle.perSecond")}
                  description={t("settings.throttle.perSecondHint")}
                  value={own.bytesPerSecond}
                  onChange={(bytesPerSecond) => set({ bytesPerSecond })}
                  error={error}
                />
                <Radio.Group
                  label={t("settings.throttle.when")}
                  value={own.always ? "always" : "hours"}
                  onChange={(chosen) =>
                    set({ always: chosen === "always", from: own.from ?? "08:00", to: own.to ?? "18:00" })
                  }
                >
                  <Stack gap={6} mt={4}>
                    <Radio value="always" label={t("settings.throttle.allDay")} />
                    <Radio value="hours" label={t("settings.throttle.fromTo")} />
                  </Stack>
                </Radio.Group>
                {!own.always && (
                  <>
                    <TextInput
                      type="time"
                      label={t("settings.throttle.from")}
                      value={own.from ?? ""}
                      onChange={(event) => set({ from: event.currentTarget.value || null })}
                    />
                    <TextInput
                      type="time"
                      label={t("settings.throttle.to")}
                      description={t("settings.throttle.acrossMidnight")}
                      value={own.to ?? ""}
                      onChange={(event) => set({ to: event.currentTarget.value || null })}
                    />
                  </>
                )}
                <Switch
                  label={t("settings.throttle.offAtWeekend")}
                  checked={own.offAtWeekend}
                  onChange={(event) => set({ offAtWeekend: event.currentTarget.checked })}
                />
              </Fields>
            )}
          </>
        )}
        {shown.enabled && (
          <WeekGrid
            label={words}
            on={t("settings.throttle.throttled")}
            off={t("settings.throttle.free")}
            isOn={(day, hour) => throttlesAt(shown, day, hour)}
            {...(own !== null &&
              mayEdit && {
                onDraw: (from: number, to: number) =>
                  set({
                    always: from === 0 && to === 24,
                    from: `${String(from).padStart(2, "0")}:00`,
                    to: to === 24 ? "00:00" : `${String(to).padStart(2, "0")}:00`,
                  }),
              })}
          />
        )}
        {own !== null && own.enabled && mayEdit && <div className={styles.hint}>{t("settings.throttle.draw")}</div>}
      </div>
    </Section>
  );
}
