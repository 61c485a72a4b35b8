import { createRouter } from "@tanstack/react-router";
import { devicesRoute } from "../views/devices/route.ts";
import { deviceRoute } from "../views/device/route.ts";
import { accountRoute, accountsRoute, newAccountRoute } from "../views/accounts/route.ts";
import { contactsRoute } from "../views/contacts/route.ts";
import { trialsRoute } from "../views/trials/route.ts";
import { enrolmentRoute } from "../views/enrolment/route.ts";
import { watchlistRoute } from "../views/watchlist/route.ts";
import { customersRoute } from "../views/customers/route.ts";
import { logRoute } from "../views/log/route.ts";
import { tasksRoute } from "../views/tasks/route.ts";
import { importsRoute } from "../views/imports/route.ts";
import { usersRoute } from "../views/users/route.ts";
import { addRoute } from "../views/add/route.ts";
import { allocationsRoute } from "../views/allocations/route.ts";
import { detailsRoute } from "../views/details/route.ts";
import { overviewRoute } from "../views/overview/route.ts";
import { portalDeviceRoute, portalRoute } from "../views/portal/route.ts";
import { settingsRoute } from "../views/settings/route.ts";
import { moveRoute } from "../views/moves/route.ts";
import { deletionsRoute } from "../views/deletions/route.ts";
import { billingRoute } from "../views/billing/route.ts";
import { invoicesRoute } from "../views/invoices/route.ts";
import { pricesRoute } from "../views/prices/route.ts";
import { servicesRoute } from "../views/services/route.ts";
import { plansRoute } from "../views/plans/route.ts";
import { usageRoute } from "../views/usage/route.ts";
import { storageRoute } from "../views/storage/route.ts";
import { keysRoute } from "../views/keys/route.ts";
import { profileRoute } from "../views/profile/route.ts";
import { handlersRoute } from "../views/handlers/route.ts";
import { reportsRoute } from "../views/reports/route.ts";
import { homeRoute, nodeHomeRoute, nodeRoute, rootRoute } from "./routes.ts";

const routeTree = rootRoute.addChildren([
  homeRoute,
  profileRoute,
  portalRoute,
  portalDeviceRoute,
  nodeRoute.addChildren([
    reportsRoute,
    handlersRoute,
    keysRoute,
    nodeHomeRoute,
    overviewRoute,
    customersRoute,
    logRoute,
    usersRoute,
    importsRoute,
    tasksRoute,
    devicesRoute,
    deviceRoute,
    accountRoute,
    accountsRoute,
    newAccountRoute,
    addRoute,
    allocationsRoute,
    detailsRoute,
    settingsRoute,
    contactsRoute,
    moveRoute,
    deletionsRoute,
    servicesRoute,
    billingRoute,
    invoicesRoute,
    pricesRoute,
    plansRoute,
    usageRoute,
    trialsRoute,
    enrolmentRoute,
    watchlistRoute,
    storageRoute,
  ]),
]);

/** All addresses of the console. Each view's code is loaded when it is opened, or pointed at. */
export const router = createRouter({
  routeTree,
  basepath: "/console",
  context: { me: undefined as never },
  defaultPreload: "intent",
  defaultPendingMs: 300,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
