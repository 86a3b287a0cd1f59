select count(*)
from orders
-- todo: only of this year
where paid;
