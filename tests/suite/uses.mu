// Files, editions, depth.
mu 2

use "./absent.mu" as absent

