import { QueryCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { customerKey, duePartition, timerShards } from "../../shared/store/table/keys.ts";
import type { TestTable } from "./dynamo.ts";

/** Makes all vaults that are on order ready, as if they had been provisioned. */
export async function makeVaultsReady({ documents, tableName: TableName }: TestTable): Promise<void> {
  const due = await Promise.all(
    timerShards.map((shard) =>
      documents.send(
        new QueryCommand({
          TableName,
          IndexName: "due",
          KeyConditionExpression: "duePk = :kind",
          ExpressionAttributeValues: { ":kind": duePartition("vault-provision", shard) },
        }),
      ),
    ),
  );
  for (const { pk, sk } of due.flatMap(({ Items }) => Items ?? []))
    await documents.send(
      new TransactWriteCommand({
        TransactItems: [
          { Delete: { TableName, Key: { pk, sk } } },
          {
            Update: {
              TableName,
              Key: customerKey(String(pk)),
              UpdateExpression: "SET vaultStatus = :ready, vaultReadyAt = vaultOrderedAt",
              ExpressionAttributeValues: { ":ready": "ready" },
            },
          },
        ],
      }),
    );
}
