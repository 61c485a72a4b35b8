import { itemOf, type StreamEvent } from "../../store/table/stream.ts";
import type { Item } from "../../store/table/units.ts";

/** A change of one item as the table's stream tells it. */
export interface ItemChange {
  /** Its number in the stream: later changes of an item have greater ones. */
  sequence: string;
  /** When it was made, in milliseconds since the epoch, to the second. */
  at: number;
  eventName: "INSERT" | "MODIFY" | "REMOVE";
  before: Item | undefined;
  after: Item | undefined;
}

/** The change that a record of the stream tells of. @throws Error where an image cannot be read */
export const changeOf = ({ eventName, dynamodb }: StreamEvent["Records"][number]): ItemChange => ({
  sequence: dynamodb.SequenceNumber,
  at: dynamodb.ApproximateCreationDateTime * 1000,
  eventName,
  before: dynamodb.OldImage && itemOf(dynamodb.OldImage),
  after: dynamodb.NewImage && itemOf(dynamodb.NewImage),
});
