/** The id of the event if it is a UUID. A vendor would refuse another one, often with its whole request. */
export const uuidOf = ({ id }: { readonly id: string }): string | undefined => /^[\da-f]{8}(-[\da-f]{4}){4}[\da-f]{8}$/i.exec(id)?.[0];
