import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import type { Item } from "./units.ts";

const Image = z.record(z.string(), z.unknown());

/** A batch of the table's stream as Lambda gets it. Images are read one by one, so that one that cannot be read stops no other. */
export const StreamEvent = z.object({
  Records: z.array(
    z.object({
      eventName: z.enum(["INSERT", "MODIFY", "REMOVE"]),
      dynamodb: z.object({
        SequenceNumber: z.string(),
        /** Seconds since the epoch. */
        ApproximateCreationDateTime: z.union([z.number(), z.date().transform((at) => at.getTime() / 1000)]).default(0),
        OldImage: Image.optional(),
        NewImage: Image.optional(),
      }),
    }),
  ),
});

export type StreamEvent = z.infer<typeof StreamEvent>;

/** Whether one number of the stream comes after another. They are longer than numbers can be. */
export const isAfter = (one: string, other: string): boolean => BigInt(one) > BigInt(other);

/** An image of a stream record as a plain item. @throws Error where an attribute is of no type that DynamoDB has */
export const itemOf = (image: z.infer<typeof Image>): Item => unmarshall(image as Parameters<typeof unmarshall>[0]);
