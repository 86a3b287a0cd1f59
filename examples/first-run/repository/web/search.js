export function showResult(query, results) {
  document.querySelector('#title').innerHTML = 'Results for ' + query;
  for (const result of results) {
    const item = document.createElement('li');
    item.textContent = result.name;
    document.querySelector('#results').append(item);
  }
}
