import { Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Note } from "../../parts/page.tsx";
import { useRegions } from "../../parts/show/regions.ts";
import { Problem } from "../../parts/states.tsx";
import { locationsQuery } from "./data.ts";

interface LocationFieldProps {
  country: string;
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

/** Where the data will lie: the country decides, or whoever creates the customer chooses among what is open. Says so where it is another country. */
export function LocationField({ country, value, onChange, error }: LocationFieldProps) {
  const { t } = useTranslation();
  const region = useRegions();
  const { data, error: failed, refetch } = useQuery(locationsQuery(country));
  if (failed !== null) return <Problem error={failed} onRetry={() => void refetch()} />;
  const mayChoose = data?.choice?.mayChoose === true;
  const code = mayChoose ? value : (data?.choice?.storageLocation ?? "");
  const place = data?.items.find((one) => one.code === code);
  return (
    <>
      {mayChoose ? (
        <Select
          label={t("add.fields.storageLocation")}
          description={t("add.location.choose", { country: region(country) })}
          placeholder={t("add.location.placeholder")}
          searchable
          withAsterisk
          value={value === "" ? null : value}
          error={error}
          data={data.items
            .filter(({ state }) => state === "open")
            .map((one) => ({
              value: one.code,
              label:
                one.residency === "nearest"
                  ? `${region(one.code)} (${t("add.location.liesIn", { country: region(one.regionCountry) })})`
                  : region(one.code),
            }))}
          onChange={(chosen) => onChange(chosen ?? "")}
        />
      ) : (
        <TextInput
          label={t("add.fields.storageLocation")}
          description={t("add.location.decided", { country: region(country) })}
          value={code === "" ? "" : region(code)}
          readOnly
          error={error}
        />
      )}
      {place && (
        <Note tone={place.residency === "nearest" ? "warn" : "good"}>
          {place.residency === "nearest"
            ? t("add.location.elsewhere", {
                location: region(place.code),
                country: region(place.regionCountry),
                region: place.region,
              })
            : t("add.location.inCountry", { country: region(place.regionCountry), region: place.region })}{" "}
          {place.state === "closed" ? t("add.location.closed") : t("add.location.final")}
        </Note>
      )}
    </>
  );
}
