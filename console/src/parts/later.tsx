import { type ReactNode, startTransition, useEffect, useState } from "react";

/**
 * Renders its children in a step of its own, after what stands around them is on the screen. A page that is made in one go blocks a slow machine; in steps
 * it answers in between.
 */
export function Later({ children }: { children: ReactNode }) {
  const [isTime, setIsTime] = useState(false);
  useEffect(() => startTransition(() => setIsTime(true)), []);
  return isTime ? children : null;
}
