import psycopg

from shop import settings


def connect():
    return psycopg.connect(host=settings.DB_HOST, password=settings.DB_PASSWORD)
