import { useTranslation } from "react-i18next";
import { Moment } from "../../parts/show/moment.tsx";
import { useRegions } from "../../parts/show/regions.ts";
import { Card } from "./card.tsx";
import type { Overview } from "./data.ts";
import styles from "./overview.module.css";

/** Who the customer is. */
export function DetailsCard({ overview: { customer } }: { overview: Overview }) {
  const { t } = useTranslation();
  const region = useRegions();
  const { contactName, emailDisplay, phone, country, serviceType, externalRef, createdAt } = customer;
  return (
    <Card title={t("overview.details")} size="side">
      <div className={styles.body}>
        <dl className={styles.facts}>
          {contactName !== null && <Fact name={t("overview.contact")}>{contactName}</Fact>}
          <Fact name={t("overview.email")}>
            <a href={`mailto:${emailDisplay}`}>{emailDisplay}</a>
          </Fact>
          {phone !== null && <Fact name={t("overview.phone")}>{phone}</Fact>}
          <Fact name={t("overview.country")}>{region(country)}</Fact>
          <Fact name={t("overview.service")}>{t(`terms.serviceTypes.${serviceType}`)}</Fact>
          {externalRef !== null && <Fact name={t("overview.reference")}>{externalRef}</Fact>}
          <Fact name={t("overview.customerSince")}>
            <Moment at={createdAt} show="date" />
          </Fact>
        </dl>
      </div>
    </Card>
  );
}

const Fact = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
);
