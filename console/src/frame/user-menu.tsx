import { Menu, useMantineColorScheme } from "@mantine/core";
import { IconLogout, IconUserCircle, IconUserCog } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { queryClient, tenantry, toLogin } from "../app/api.ts";
import { changeLanguage } from "../app/i18n.ts";
import { useMe } from "../app/session.tsx";
import { timeZone } from "../parts/show/formats.ts";
import { notifyProblem } from "../parts/dialogs/notify.tsx";
import styles from "./frame.module.css";

const schemes = { auto: "frame.schemeAuto", light: "frame.schemeLight", dark: "frame.schemeDark" } as const;

async function logOut(): Promise<void> {
  try {
    await tenantry.logout();
    queryClient.clear();
    sessionStorage.clear(); // drafts are nobody else's
    toLogin("logged-out");
  } catch (error) {
    notifyProblem(error);
  }
}

/** Who is logged in, in which role and where; colours, language, log out. */
export function UserMenu() {
  const { t, i18n } = useTranslation();
  const { role, scope, user } = useMe();
  const name = user?.name ?? scope.name;
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <button type="button" className={styles.who}>
          <span className="visually-hidden">{t("frame.account")}: </span>
          <span className={styles.whoText}>
            <span>{name}</span>
            <span>
              {t(`terms.roles.${role}`)} · {scope.name}
            </span>
          </span>
          <IconUserCircle size={24} stroke={1.5} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {t("frame.scope")}: {scope.name} ({t(`terms.levels.${scope.level}`)})
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t("frame.scheme")}</Menu.Label>
        <Menu.RadioGroup value={colorScheme} onChange={(scheme) => setColorScheme(scheme as typeof colorScheme)}>
          {(Object.keys(schemes) as (keyof typeof schemes)[]).map((scheme) => (
            <Menu.RadioItem key={scheme} value={scheme}>
              {t(schemes[scheme])}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t("frame.language")}</Menu.Label>
        <Menu.RadioGroup
          value={i18n.language}
          onChange={(language) => void changeLanguage(language === "de" ? "de" : "en")}
        >
          <Menu.RadioItem value="en" lang="en">
            English
          </Menu.RadioItem>
          <Menu.RadioItem value="de" lang="de">
            Deutsch
          </Menu.RadioItem>
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t("frame.timeZone", { zone: timeZone() })}</Menu.Label>
        <Menu.Item component={Link} to="/profile" leftSection={<IconUserCog size={16} aria-hidden />}>
          {t("profile.title")}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void logOut()}>
          {t("frame.logOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
