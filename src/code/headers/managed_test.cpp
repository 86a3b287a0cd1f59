// Spring and ASP.NET.
#include <gtest/gtest.h>

#include "code/headers/test_sites.h"

namespace commandcenter::code {
namespace {

TEST(Spring, OldStyleAdapter) {
  EXPECT_EQ(states("src/main/java/a/SecurityConfig.java", R"x(
@EnableWebSecurity
public class SecurityConfig extends WebSecurityConfigurerAdapter {
  @Override
  protected void configure(HttpSecurity http) throws Exception {
    http.csrf().disable()
      .headers()
        .frameOptions().sameOrigin()
        .httpStrictTransportSecurity().maxAgeInSeconds(600).and()
        .contentSecurityPolicy("default-src 'self'").reportOnly().and()
        .referrerPolicy(ReferrerPolicyHeaderWriter.ReferrerPolicy.SAME_ORIGIN)
      .and().authorizeRequests().antMatchers("/x").permitAll();
  }
}
)x"),
            "RWPPPM");
}

TEST(Spring, MethodReferencesWritersAndDefaultsDisabled) {
  EXPECT_EQ(states("A.java", R"x(
class A {
  SecurityFilterChain chain(HttpSecurity http) {
    return http.headers(headers -> {
        headers.frameOptions(HeadersConfigurer.FrameOptionsConfig::disable);
        headers.contentSecurityPolicy(csp -> csp.policyDirectives(CSP));
        headers.addHeaderWriter(new StaticHeadersWriter("Permissions-Policy", "camera=*"));
    }).build();
  }
  private static final String CSP = "default-src 'self'; " + "script-src 'self' 'unsafe-inline'";
}
)x"),
            "WPMPMW");
  EXPECT_EQ(states("A.java", R"x(
class A {
  @Bean SecurityWebFilterChain chain(ServerHttpSecurity http) {
    http.headers(h -> h.defaultsDisabled().hsts(s -> s.maxAge(Duration.ofDays(365))).referrerPolicy(withDefaults()));
    return http.build();
  }
}
)x"),
            "MPMMPM");
  EXPECT_EQ(states("A.java",
                   "class A { SecurityFilterChain c(HttpSecurity http) { "
                   "http.headers(AbstractHttpConfigurer::disable); return http.build(); } }"),
            "MMMMMM");
}

TEST(Spring, FiltersControllersAndIgnoredPaths) {
  EXPECT_EQ(states({{"p/src/main/java/Sec.java", R"x(
@Configuration class Sec {
  @Bean SecurityFilterChain c(HttpSecurity http) throws Exception {
    return http.authorizeHttpRequests(a -> a.anyRequest().authenticated()).build(); }
}
)x"},
                    {"p/src/main/java/HeaderFilter.java", R"x(
@Component class HeaderFilter extends OncePerRequestFilter {
  protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response,
      FilterChain chain) throws IOException {
    response.setHeader("Referrer-Policy", "no-referrer");
    if (request.getRequestURI().startsWith("/embed")) { response.setHeader("Referrer-Policy", "unsafe-url"); }
    chain.doFilter(request, response);
  }
}
)x"},
                    {"p/src/main/java/Page.java", R"x(
@RestController class Page {
  @GetMapping("/embed")
  public ResponseEntity<String> embed() { return ResponseEntity.ok().header("X-Frame-Options", "ALLOWALL").body("x"); }
}
)x"}}),
            "MPOPOM");
  EXPECT_EQ(states("S.java", R"x(
class S {
  @Bean SecurityFilterChain c(HttpSecurity http) { return http.build(); }
  @Bean WebSecurityCustomizer w() { return web -> web.ignoring().requestMatchers("/static/**"); }
}
)x"),
            "MOOOMM");
}

TEST(Spring, KotlinAndXml) {
  EXPECT_EQ(states("Sec.kt", R"x(
class Sec {
  @Bean fun chain(http: HttpSecurity): SecurityFilterChain {
    http {
      headers {
        frameOptions { sameOrigin = true }
        httpStrictTransportSecurity { maxAgeInSeconds = 300 }
        contentSecurityPolicy { policyDirectives = "default-src 'self'" }
        // referrerPolicy { policy = ReferrerPolicy.NO_REFERRER }
      }
    }
    return http.build()
  }
}
)x"),
            "PWPPCM");
  EXPECT_EQ(states("WEB-INF/security.xml", R"x(
<beans xmlns:security="http://www.springframework.org/schema/security">
  <security:http pattern="/static/**" security="none"/>
  <security:http>
    <security:headers>
      <security:frame-options policy="SAMEORIGIN"/>
      <security:content-type-options disabled="true"/>
      <security:content-security-policy policy-directives="default-src 'self'" report-only="true"/>
      <!-- <security:referrer-policy policy="same-origin"/> -->
    </security:headers>
  </security:http>
</beans>
)x"),
            "ROOMCM");
}

TEST(Spring, AFilterOfTheProgramIsASiteAsWell) {
  const char* filter = R"x(
@Component
public class HeaderFilter extends OncePerRequestFilter {
  @Override
  protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain) {
    response.setHeader("X-Frame-Options", "DENY");
    response.addHeader("Permissions-Policy", "microphone=()");
    chain.doFilter(request, response);
  }
}
)x";
  EXPECT_EQ(states("src/main/java/a/HeaderFilter.java", filter), "MMPMMP");
  EXPECT_EQ(states("src/test/java/a/HeaderFilter.java", filter), "");
}

TEST(AspNet, OtherNamesOfTheHeadersAndTablesOfThem) {
  EXPECT_EQ(states("Program.cs", R"x(
var app = WebApplication.CreateBuilder(args).Build();
var table = new Dictionary<string, string> {
  ["X-Content-Type-Options"] = "nosniff",
  { "Referrer-Policy", "no-referrer" },
};
app.Use((context, next) => {
  var h = context.Response.Headers;
  h.XFrameOptions = "SAMEORIGIN";
  h.ContentSecurityPolicy = "script-src 'self' 'unsafe-inline'";
  foreach (var entry in table) context.Response.Headers[entry.Key] = entry.Value;
  return next();
});
)x"),
            "WMPPPM");
}

TEST(AspNet, ClassesExtensionsAndTypedHeaders) {
  EXPECT_EQ(states({{"Web/Program.cs", R"x(
var builder = WebApplication.CreateBuilder(args);
builder.Services.Configure<HstsOptions>(o => o.MaxAge = TimeSpan.FromDays(60));
var app = builder.Build();
if (!app.Environment.IsDevelopment()) { app.UseHsts(); }
app.UseMiddleware<SecurityHeaders>();
app.UseWhen(c => c.Request.Path.StartsWithSegments("/embed"), b => b.Use(async (c, next) => {
  c.Response.Headers.Remove(HeaderNames.XFrameOptions);
  await next();
}));
app.Run();
)x"},
                    {"Web/SecurityHeaders.cs", R"x(
public class SecurityHeaders {
  public async Task InvokeAsync(HttpContext context) {
    var headers = context.Response.Headers;
    headers.XFrameOptions = "DENY";
    context.Response.OnStarting(() => { context.Response.Headers["X-Content-Type-Options"] = "nosniff";
      return Task.CompletedTask; });
    headers.TryAdd("Referrer-Policy", "no-referrer");
    await _next(context);
  }
}
)x"}}),
            "MWOPPM");
}

TEST(AspNet, HstsServiceWithoutMiddlewareSendsNothing) {
  EXPECT_EQ(states("Startup.cs", R"x(
public class Startup {
  public void ConfigureServices(IServiceCollection s) { s.AddHsts(o => { o.MaxAge = TimeSpan.FromDays(365); }); }
  public void Configure(IApplicationBuilder app) {
    app.UseXContentTypeOptions();
    app.UseXfo(o => o.SameOrigin());
    app.UseReferrerPolicy(o => o.NoReferrerWhenDowngrade());
    app.UseCsp(o => o.DefaultSources(s => s.Self()).ScriptSources(s => s.Self().UnsafeInline()));
    // app.UseHsts();
  }
}
)x"),
            "WCPPWM");
}

TEST(AspNet, NetEscapadesPolicies) {
  EXPECT_EQ(states("Program.cs", R"x(
var app = WebApplication.CreateBuilder(args).Build();
app.UseSecurityHeaders(new HeaderPolicyCollection()
  .AddFrameOptionsDeny()
  .AddStrictTransportSecurityMaxAgeIncludeSubDomains(maxAgeInSeconds: 60 * 60)
  .AddContentSecurityPolicy(b => { b.AddDefaultSrc().Self(); b.AddScriptSrc().Self().UnsafeEval(); })
  .AddReferrerPolicyNoReferrer());
)x"),
            "WWPMPM");
}

TEST(AspNet, WebConfigBesideTheProgram) {
  EXPECT_EQ(
      states({{"web.config", R"x(<configuration><location path="." inheritInChildApplications="false"><system.webServer>
<httpProtocol><customHeaders><clear/>
<add name="X-Frame-Options" value="DENY"/>
<add name="x-content-type-options" value="nosniff"/></customHeaders></httpProtocol>
</system.webServer></location><location path="api"><system.webServer><httpProtocol><customHeaders><clear/>
</customHeaders></httpProtocol></system.webServer></location></configuration>)x"},
              {"Program.cs",
               "var app = WebApplication.CreateBuilder(args).Build();\napp.Use(async (c, n) => { "
               "c.Response.Headers.Add(\"Referrer-Policy\", \"no-referrer\"); await n(); });\n"}}),
      "MMOOPM");
}

}  // namespace
}  // namespace commandcenter::code
