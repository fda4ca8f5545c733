// The number that lets an old wall and a new server notice each other.

/** The wall protocol; a wall that meets another number says "reload". */
export const protocol = 2;
