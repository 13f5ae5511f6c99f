//! Live shows, sales records whose total is evidence, and contests on them.

use kernel::id_kind;

id_kind!(ShowKind, ShowId, "shw");
id_kind!(SaleKind, SaleId, "sal");
id_kind!(ContestKind, ContestId, "cts");
