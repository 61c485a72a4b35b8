import { exitCodes } from "../exit-codes.ts";
import { Failure } from "../failure.ts";

/** A fetch that says in a sentence where nobody answers. @throws Failure */
export async function send(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const cause = (error as { cause?: { code?: string; message?: string } }).cause;
    const reason = cause?.code ?? cause?.message ?? (error as Error).message;
    const text = `${new URL(request.url).origin} does not answer (${reason}). Check the address and your network; npm start starts a local stack.`;
    throw new Failure(text, exitCodes.unavailable);
  }
}
