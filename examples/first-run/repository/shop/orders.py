from shop.database import connect


def orders_of(customer):
    cursor = connect().cursor()
    cursor.execute("SELECT * FROM orders WHERE customer = '" + customer + "'")
    return cursor.fetchall()


def total_of(orders):
    return sum(order.price * order.count for order in orders)
