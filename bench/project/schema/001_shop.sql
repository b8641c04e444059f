-- Twelve tables with indexes and foreign keys; a test writes into customers, orders and order_lines.
CREATE TABLE countries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL UNIQUE);
CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE,
  country_id bigint REFERENCES countries,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX customers_created_at ON customers (created_at);
CREATE TABLE addresses (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
  line text NOT NULL
);
CREATE INDEX addresses_customer ON addresses (customer_id);
CREATE TABLE suppliers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE products (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  supplier_id bigint REFERENCES suppliers,
  sku text NOT NULL UNIQUE,
  price numeric(12, 2) NOT NULL CHECK (price >= 0)
);
CREATE INDEX products_supplier ON products (supplier_id);
CREATE TABLE stock (product_id bigint PRIMARY KEY REFERENCES products, amount integer NOT NULL DEFAULT 0);
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers,
  status text NOT NULL DEFAULT 'new',
  placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_status ON orders (status, placed_at);
CREATE TABLE order_lines (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  product_id bigint REFERENCES products,
  amount integer NOT NULL,
  price numeric(12, 2) NOT NULL
);
CREATE INDEX order_lines_order ON order_lines (order_id);
CREATE INDEX order_lines_product ON order_lines (product_id);
CREATE TABLE payments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders,
  amount numeric(12, 2) NOT NULL
);
CREATE INDEX payments_order ON payments (order_id);
CREATE TABLE shipments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders,
  address_id bigint REFERENCES addresses
);
CREATE INDEX shipments_order ON shipments (order_id);
CREATE TABLE reviews (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id bigint NOT NULL REFERENCES products,
  customer_id bigint NOT NULL REFERENCES customers,
  stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5)
);
CREATE INDEX reviews_product ON reviews (product_id);
CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  what jsonb NOT NULL
);
CREATE INDEX audit_log_at ON audit_log (at);
