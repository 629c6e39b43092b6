import { Anchor, Button, type AnchorProps, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import { forwardRef, type AnchorHTMLAttributes } from "react";

type Native<Props> = Props & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof Props>;

/** A link within the console. */
export const Link = createLink(
  forwardRef<HTMLAnchorElement, Native<AnchorProps>>(function InnerLink(props, ref) {
    return <Anchor ref={ref} {...props} />;
  }),
);

/** A link to another page that looks like a button. */
export const LinkButton = createLink(
  forwardRef<HTMLAnchorElement, Native<ButtonProps>>(function InnerLinkButton(props, ref) {
    return <Button component="a" ref={ref} {...props} />;
  }),
);
