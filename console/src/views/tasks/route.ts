import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { nodeRoute } from "../../app/routes.ts";
import { text } from "../../app/search-params.ts";

interface TasksSearch {
  task?: string | undefined;
}

/** `/n/$nodeId/tasks`: long work that credentials of a customer have asked for. */
export const tasksRoute = createRoute({
  getParentRoute: () => nodeRoute,
  path: "tasks",
  validateSearch: (search): TasksSearch => ({ task: text(search.task) }),
  component: lazyRouteComponent(() => import("./tasks-view.tsx"), "TasksView"),
});
