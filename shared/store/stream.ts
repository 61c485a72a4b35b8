import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";

const Image = z
  .record(z.string(), z.unknown())
  .transform((image) => unmarshall(image as Parameters<typeof unmarshall>[0]));

/** A batch of the table's stream as Lambda gets it, with plain images. */
export const StreamEvent = z.object({
  Records: z.array(
    z.object({
      eventName: z.enum(["INSERT", "MODIFY", "REMOVE"]),
      dynamodb: z.object({ SequenceNumber: z.string(), OldImage: Image.optional(), NewImage: Image.optional() }),
    }),
  ),
});
