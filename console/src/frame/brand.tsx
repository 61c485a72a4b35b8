import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useMe } from "../app/session.tsx";
import { brand } from "../app/theme.ts";
import styles from "./frame.module.css";

/** The name, and the logo and colour, of whoever the caller belongs to. */
export function Brand() {
  const { t } = useTranslation();
  const { scope, branding } = useMe();
  const colour = branding?.color ?? null;
  useEffect(() => brand(colour), [colour]);
  const name = scope.name === "" ? t("frame.product") : scope.name;
  // A logo of another host would be a request to a third party, which the policy refuses.
  const logo =
    branding?.logoUrl !== undefined && new URL(branding.logoUrl).origin === location.origin ? branding.logoUrl : null;
  return (
    <Link to="/" className={styles.logo} title={name}>
      <span className={styles.tile} aria-hidden>
        {logo === null ? Array.from(name)[0]?.toUpperCase() : <img src={logo} alt="" />}
      </span>
      <span>{name}</span>
    </Link>
  );
}
