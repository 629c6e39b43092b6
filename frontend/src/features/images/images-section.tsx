import { Button, Group } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { KnownImage } from "@/api/contract";
import type { PushedImage } from "@/api/deploying";
import { itemsOf } from "@/api/pages";
import { shortDigest } from "@/lib/words";
import { DataTable, type Column } from "@/ui/data-table";
import { DeployButton } from "@/connected/deploy-button";
import { Icon } from "@/ui/icons";
import { Link } from "@/ui/link";
import { Loading, Stale } from "@/ui/loaded";
import { Section } from "@/ui/page";
import { ProblemAlert } from "@/ui/problem-alert";
import { StatusBadge } from "@/ui/status-badge";
import { Time } from "@/ui/time";
import classes from "./images.module.css";
import { imageReason, imageStatus, type ImageQuestion } from "./model";
import { imagesQuery } from "./queries";
import { WhyQuestion } from "./why-answer";

interface ImagesSectionProps {
  application: string;
  environment: string;
  /** Why no image can be deployed now. */
  blocked: string | null;
  why: ImageQuestion | undefined;
  onWhy: (asked: ImageQuestion | undefined) => void;
  onPolicies: () => void;
  onDeploy: (image: PushedImage) => void;
}

/** The image pushes for the repositories that run in this environment, newest first, with status and reason. */
export function ImagesSection(props: ImagesSectionProps) {
  const { application, environment, blocked, why, onWhy, onPolicies, onDeploy } = props;
  const query = useInfiniteQuery(imagesQuery(application, environment));
  const images = itemsOf(query.data);
  const columns = useMemo(
    () => columnsFor({ application, environment, blocked, onWhy, onDeploy }),
    [application, environment, blocked, onWhy, onDeploy],
  );
  return (
    <Section
      title="Pushed images"
      actions={
        <Button variant="default" size="compact-sm" leftSection={<Icon name="pencil" size={14} />} onClick={onPolicies}>
          Image policies
        </Button>
      }
    >
      {query.error ? (
        images ? (
          <Stale error={query.error} updatedAt={query.dataUpdatedAt} />
        ) : (
          <ProblemAlert error={query.error} retry={() => void query.refetch()} />
        )
      ) : null}
      {query.isPending ? <Loading what="pushed images" rows={3} /> : null}
      {images?.length === 0 ? (
        <p className={classes.dim}>
          No image push for the repositories that run here yet. To receive image pushes, create a receiver under{" "}
          <Link to="/registries" underline="always" inherit>
            Registries
          </Link>
          .
        </p>
      ) : null}
      {images && images.length > 0 ? (
        <DataTable label="Pushed images" columns={columns} rows={images} rowKey={keyOf} rowHeight={58} />
      ) : null}
      {query.hasNextPage ? (
        <Group>
          <Button
            variant="default"
            size="compact-sm"
            loading={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            Load older images
          </Button>
        </Group>
      ) : null}
      <WhyQuestion
        key={why ? `${why.tag}@${why.digest}` : null}
        application={application}
        environment={environment}
        asked={why}
        onAsk={onWhy}
        onDeploy={onDeploy}
      />
    </Section>
  );
}

const keyOf = ({ push }: KnownImage): string => String(push);

/** Tag and, if known, digest: the tag may have been moved to another image since. */
const askedOf = ({ tag, digest }: KnownImage): ImageQuestion => ({ tag, digest: digest ?? undefined });

type Context = Omit<ImagesSectionProps, "why" | "onPolicies">;

function columnsFor({ application, environment, blocked, onWhy, onDeploy }: Context): Column<KnownImage>[] {
  return [
    {
      key: "image",
      header: "Image",
      width: "34%",
      cell: ({ repository, tag, digest, discovered_at: at }) => (
        <>
          <span className={classes.tag}>{tag}</span>
          <span className={classes.sub}>
            {repository.slice(repository.indexOf("/") + 1)}
            {digest ? `, ${shortDigest(digest)}` : ", digest unknown"}
          </span>
          <span className={classes.sub}>
            <Time at={at} />
          </span>
        </>
      ),
    },
    {
      key: "verdict",
      header: "Status",
      cell: (image) => {
        const reason = imageReason(image);
        return (
          <>
            <StatusBadge status={imageStatus(image)} />
            {reason ? <span className={classes.sub}>{reason}</span> : null}
          </>
        );
      },
    },
    {
      key: "act",
      header: <span className="sc-unseen">Actions</span>,
      width: "6.5rem",
      cell: (image) => (
        <span className={classes.acts}>
          {image.offered ? (
            <DeployButton
              application={application}
              environment={environment}
              image={image}
              blocked={blocked}
              onDeploy={onDeploy}
            />
          ) : null}
          {image.operation ? (
            <Link to="/operations/$operation" params={{ operation: image.operation }} size="sm">
              Operation
              <span className="sc-unseen"> that deploys {image.tag}</span>
            </Link>
          ) : null}
          {!image.offered && !image.operation ? (
            <Button size="compact-sm" variant="default" onClick={() => onWhy(askedOf(image))}>
              Why?<span className="sc-unseen"> Explain the status of {image.tag}</span>
            </Button>
          ) : null}
        </span>
      ),
    },
  ];
}
