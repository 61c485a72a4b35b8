import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { customerQuery } from "../../frame/data.ts";

/** A customer by its name, as a link to it. */
export function CustomerName({ id }: { id: string }) {
  const { data } = useQuery({ ...customerQuery(id), staleTime: 5 * 60_000 });
  return (
    <Link to="/n/$nodeId" params={{ nodeId: id }}>
      {data?.name ?? id}
    </Link>
  );
}
