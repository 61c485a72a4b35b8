import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./mantine.css";
import "./app.css";
import { queryClient, tenantry, toLogin } from "./api.ts";
import { schemeManager } from "./colour-scheme.ts";
import { startTexts } from "./i18n.ts";
import { TenantryError } from "@tenantry/client";
import { Confirms } from "../parts/confirm.tsx";
import { Conflicts } from "../parts/form/conflict.tsx";
import { Failure } from "../parts/states.tsx";
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

const show = (me: Me): void =>
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
  );

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
