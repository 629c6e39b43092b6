/** Where a sign-in begins: the provider's address, with the page of this console to return to. */
export function startAddress(url: string, returnTo: string | undefined): string {
  return returnTo ? `${url}?${new URLSearchParams({ return_to: returnTo }).toString()}` : url;
}
