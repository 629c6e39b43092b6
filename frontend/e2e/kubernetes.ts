/** Changes on a practice cluster past Stagecoach, as a person with kubectl makes them. */
import { request } from "node:https";
import { parse } from "yaml";

interface Kubeconfig {
  clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
  users: { user: { token: string } }[];
}

/** Changes the spec of a Deployment of shop; throws where the cluster refuses. */
export async function patched(kubeconfig: string, name: string, spec: object): Promise<void> {
  const { clusters, users } = parse(kubeconfig) as Kubeconfig;
  const { server, "certificate-authority-data": authority } = clusters[0]!.cluster;
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(
      `${server}/apis/apps/v1/namespaces/shop/deployments/${name}?fieldManager=kubectl-edit`,
      {
        method: "PATCH",
        ca: Buffer.from(authority, "base64"),
        headers: {
          Authorization: `Bearer ${users[0]!.user.token}`,
          "Content-Type": "application/strategic-merge-patch+json",
        },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    sent.on("error", reject);
    sent.end(JSON.stringify({ spec }));
  });
  if (status !== 200) throw new Error(`The cluster answered ${status} to a change of Deployment ${name}.`);
}
