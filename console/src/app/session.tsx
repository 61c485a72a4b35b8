import { createContext, useContext } from "react";
import { holds, type Me, type Permission } from "./rights.ts";

const SessionContext = createContext<Me | null>(null);
export const SessionProvider = SessionContext;

/** Who is logged in, in which role, and at which customer. */
export function useMe(): Me {
  const me = useContext(SessionContext);
  if (me === null) throw new Error("There is no session here");
  return me;
}

/** Whether the caller's role holds a permission. What it may not do is not offered; the API decides in any case. */
export function useMay(): (permission: Permission) => boolean {
  const { role } = useMe();
  return (permission) => holds(role, permission);
}
