import {
  IconWebhook,
  IconReport,
  IconBuilding,
  IconLayoutDashboard,
  IconHistory,
  IconKey,
  IconUsers,
  IconFileImport,
  IconListCheck,
  IconDeviceDesktop,
  IconId,
  IconChartBar,
  IconChartPie,
  IconAdjustments,
  IconUser,
  IconAddressBook,
  IconArrowsRightLeft,
  IconTrash,
  IconReceipt,
  IconFileInvoice,
  IconTags,
  IconCoins,
  IconEye,
  IconHourglass,
  IconDatabase,
  type TablerIcon,
} from "@tabler/icons-react";
import type { Output, Schemas } from "@tenantry/client";
import type { ParseKeys } from "i18next";
import type { Permission } from "./rights.ts";

type Level = Schemas["Level"];
/** The customer that is looked at. */
export type Node = Output<"getCustomer">;

/** An area of a customer: a tab of its page. */
export interface Area {
  /** The route below `/n/$nodeId`. */
  path: string;
  /** Key of its name in the texts. */
  label: Extract<ParseKeys, `${string}.area`>;
  icon: TablerIcon;
  /** It is there for those who hold this. */
  needs?: Permission;
  /** It is there at these levels. Default: at all. */
  levels?: readonly Level[];
  /** It is there at the caller's own customer alone, or at those directly below it. Default: at all. */
  at?: "own" | "below";
}

/** The areas in the order of the tabs. What has no view has no entry here. */
export const areas: readonly Area[] = [
  { path: "overview", label: "overview.area", icon: IconLayoutDashboard },
  {
    path: "customers",
    label: "customers.area",
    icon: IconBuilding,
    levels: ["provider", "distributor", "sub-distributor", "reseller", "end-customer"],
  },
  { path: "devices", label: "devices.area", icon: IconDeviceDesktop },
  { path: "accounts", label: "accounts.area", icon: IconUser },
  { path: "contacts", label: "contacts.area", icon: IconAddressBook, levels: ["end-customer", "site"] },
  { path: "watchlist", label: "watchlist.area", icon: IconEye },
  {
    path: "trials",
    label: "trials.area",
    icon: IconHourglass,
    levels: ["provider", "distributor", "sub-distributor", "reseller", "end-customer", "site"],
  },
  { path: "enrolment", label: "enrolment.area", icon: IconKey, levels: ["reseller", "end-customer", "site"] },
  { path: "details", label: "details.area", icon: IconId },
  { path: "allocations", label: "allocations.area", icon: IconChartPie },
  { path: "settings", label: "settings.area", icon: IconAdjustments },
  { path: "move", label: "moves.area", icon: IconArrowsRightLeft, needs: "devices:write" },
  { path: "deletions", label: "deletions.area", icon: IconTrash },
  { path: "usage", label: "usage.area", icon: IconChartBar },
  { path: "services", label: "services.area", icon: IconReceipt, needs: "billing:read" },
  { path: "billing", label: "billing.area", icon: IconFileInvoice, needs: "billing:read", at: "below" },
  { path: "invoices", label: "invoices.area", icon: IconFileInvoice, needs: "billing:read", at: "own" },
  {
    path: "prices",
    label: "prices.area",
    icon: IconCoins,
    needs: "billing:read",
    levels: ["provider", "distributor", "sub-distributor", "reseller"],
    at: "own",
  },
  { path: "plans", label: "plans.area", icon: IconTags, needs: "plans:write", levels: ["provider"] },
  { path: "storage", label: "storage.area", icon: IconDatabase, needs: "branch:read" },
  { path: "tasks", label: "tasks.area", icon: IconListCheck, needs: "branch:read" },
  { path: "imports", label: "imports.area", icon: IconFileImport, needs: "branch:read" },
  { path: "users", label: "users.area", icon: IconUsers, needs: "users:read" },
  { path: "keys", label: "keys.area", icon: IconKey, needs: "keys:read" },
  { path: "reports", label: "reports.area", icon: IconReport, needs: "branch:read" },
  { path: "handlers", label: "handlers.area", icon: IconWebhook, needs: "branch:read" },
  { path: "log", label: "log.area", icon: IconHistory, needs: "branch:read" },
];
