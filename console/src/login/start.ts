/** What the page begins with: the fragment holds what no server is to see. */
export type Step =
  | { at: "login"; said?: "loggedOut" | "expired" }
  | { at: "code"; username: string; password: string }
  | { at: "invitation"; code: string; known: boolean }
  | { at: "reset" }
  | { at: "resetCode"; code: string }
  | { at: "change"; username: string; password: string }
  | { at: "factor" }
  | { at: "recovery"; codes: readonly string[] };

/** The first step, by the fragment of the address. */
export function firstStep(fragment: string): Step {
  const [name, value = ""] = fragment.replace(/^#/, "").split("=", 2);
  switch (name) {
    case "code":
      return { at: "invitation", code: decodeURIComponent(value), known: true };
    case "invitation":
      return { at: "invitation", code: decodeURIComponent(value), known: value !== "" };
    case "password":
      return { at: "resetCode", code: decodeURIComponent(value) };
    case "change":
      return { at: "change", username: "", password: "" };
    case "factor":
      return { at: "factor" };
    case "logged-out":
      return { at: "login", said: "loggedOut" };
    case "expired":
      return { at: "login", said: "expired" };
    default:
      return { at: "login" };
  }
}

/** Where to go after the login: the page that was asked for, of this console only. */
export function nextPage(query: string): string {
  const next = new URLSearchParams(query).get("next") ?? "";
  return /^\/console\/(?!login)[^\\]*$/.test(next) ? next : "/console/";
}
