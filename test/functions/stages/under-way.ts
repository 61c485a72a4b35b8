import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** The most requests to a service that were under way at a time while something was done. */
export async function underWayDuring(url: string, work: () => Promise<unknown>): Promise<number> {
  const { host } = new URL(url);
  type Message = { request: { getHeader: (name: string) => unknown } };
  let [underWay, most] = [0, 0];
  const count = (step: number) => (message: unknown) => {
    if ((message as Message).request.getHeader("host") !== host) return;
    underWay += step;
    most = Math.max(most, underWay);
  };
  const [begins, ends] = [count(1), count(-1)];
  subscribe("http.client.request.start", begins);
  subscribe("http.client.response.finish", ends);
  await work().finally(() => {
    unsubscribe("http.client.request.start", begins);
    unsubscribe("http.client.response.finish", ends);
  });
  return most;
}
