class Cart
  # TODO: take discounts into account
  def total
    @items.sum(&:price) # TODO: round to cents
  end

  TITLE = "todo lists"
end
