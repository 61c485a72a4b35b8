import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, startTransition } from "react";
import { createRoot } from "react-dom/client";
import "./mantine.css";
import "./app.css";
import { queryClient, tenantry, toLogin } from "./api.ts";
import { schemeManager } from "./colour-scheme.ts";
import { startTexts } from "./i18n.ts";
import { TenantryError } from "@tenantry/client";
import { customerQuery } from "../frame/data.ts";
import { Confirms } from "../parts/dialogs/confirm.tsx";
import { Conflicts } from "../parts/form/conflict.tsx";
import { Failure } from "../parts/states.tsx";
import { overviewQuery } from "../views/overview/data.ts";
import type { Me } from "./rights.ts";
import { router } from "./router.tsx";
import { SessionProvider } from "./session.tsx";
import { StepUp } from "./step-up.tsx";
import { theme } from "./theme.ts";

// A view's code is loaded when it is opened. After an update the old files are gone: the page starts afresh, once.
window.addEventListener("vite:preloadError", (event) => {
  const mark = "tenantry.reloaded";
  if (Date.now() - Number(sessionStorage.getItem(mark) ?? 0) < 10_000) return;
  sessionStorage.setItem(mark, String(Date.now()));
  event.preventDefault();
  location.reload();
});

// This code may be there before the end of the page is.
if (document.readyState === "loading")
  await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
const element = document.querySelector("#root");
if (element === null) throw new Error("The page has no root");
const root = createRoot(element);

function Providers({ children }: { children: React.ReactNode }) {
  return (
    <MantineProvider
      theme={theme}
      withCssVariables={false}
      withGlobalClasses={false}
      colorSchemeManager={schemeManager}
      defaultColorScheme="auto"
    >
      <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
    </MantineProvider>
  );
}

/** Shows the console. In a transition it is made in small steps, so that nothing blocks. */
const show = (me: Me): void =>
  startTransition(() =>
    root.render(
      <StrictMode>
        <Providers>
          <SessionProvider value={me}>
            <RouterProvider router={router} context={{ me }} />
            <Confirms />
            <Conflicts />
            <StepUp />
            <Notifications position="bottom-right" limit={4} />
          </SessionProvider>
        </Providers>
      </StrictMode>,
    ),
  );

/** Has what the address leads to on its way, code and data, while it is asked who the caller is. */
function startEarly(): void {
  const matches = router.matchRoutes(router.latestLocation) as { routeId: keyof typeof router.routesById }[];
  for (const { routeId } of matches) void router.loadRouteChunk(router.routesById[routeId]);
  const [, nodeId, area] = /\/n\/(cus_\w+)(?:\/(\w+))?/.exec(location.pathname) ?? [];
  if (nodeId === undefined) return;
  void queryClient.prefetchQuery(customerQuery(nodeId));
  if (area === undefined || area === "overview") void queryClient.prefetchQuery(overviewQuery(nodeId));
}

startEarly();
try {
  const [me] = await Promise.all([tenantry.me(), startTexts()]);
  queryClient.setQueryData(["me"], me);
  show(me);
} catch (error) {
  const mustLogIn = error instanceof TenantryError && error.status === 401;
  if (mustLogIn) toLogin(location.pathname === "/console/" ? "" : "expired");
  else if (error instanceof TenantryError && error.code === "password_change_required") toLogin("change");
  else if (error instanceof TenantryError && error.code === "second_factor_required") toLogin("factor");
  else
    root.render(
      <Providers>
        <Failure error={error} onRetry={() => location.reload()} />
      </Providers>,
    );
}
